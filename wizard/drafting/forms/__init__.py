"""One module per step: what is asked, how it is checked, and the answers it gives the draft."""
