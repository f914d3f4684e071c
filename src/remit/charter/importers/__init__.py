"""First charters from what is already there: a server, a settings file, a policy, a module, a template.

Each importer reads one kind of source and fills a ``Draft`` (``drafting``); ``layout.assemble`` writes it out as a
commented charter. Sources are foreign: they are bounded, escaped, and what cannot be translated is said in a comment.
"""
