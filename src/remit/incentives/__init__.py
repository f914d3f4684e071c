"""Incentives: what a charter makes possible, and what that makes worth doing for almost any goal."""
