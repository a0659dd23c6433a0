"""Networks that put out what went in, through something narrow."""
