"""What is true of pull through cache rules whoever asks: plain Python, no Django, no boto3."""
