"""五级好差评: what applicants say of each step they met, and what follows from a bad rating."""
