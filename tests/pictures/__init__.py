"""Pictures for README, and how they are taken."""
