"""Who somebody is: keys, tokens, issuers, addresses."""
