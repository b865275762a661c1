"""The rules of all accounts and Regions that a person may look at, as last read.

Nothing here calls AWS. What a person may see is a condition of each query, so that it also holds
for counts and exports.
"""
