"""A site that has nothing but the app: for a first look, and to run as it is."""
