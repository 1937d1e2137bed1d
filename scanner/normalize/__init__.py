"""One place each for what every scanner writes differently: severities, ids, dates, packages, text, URLs."""
