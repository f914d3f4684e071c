"""The report as pages and pictures: HTML without a script, SVG put together by one function."""
