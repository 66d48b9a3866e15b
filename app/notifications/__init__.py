"""Mails: their texts and the ways they leave the house."""
