"""What is done with one partner's file: onboarding, canonical form, record of processing."""
