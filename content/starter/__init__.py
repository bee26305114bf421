"""What the portal ships: playbooks, standard templates and a sample organisation."""
