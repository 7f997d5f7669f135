"""Who speaks each line, who these characters are, and which voices play them."""
