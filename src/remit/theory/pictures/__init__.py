"""Models and answers drawn as plain SVG."""
