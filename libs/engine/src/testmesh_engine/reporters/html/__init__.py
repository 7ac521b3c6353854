"""The report for people: one file that needs no network, to look at, to search, to print, to send along."""

from testmesh_engine.reporters.html.page import html_page

__all__ = ["html_page"]
