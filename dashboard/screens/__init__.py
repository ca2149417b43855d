"""One file a screen: its layout and its callbacks."""
