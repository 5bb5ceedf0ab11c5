"""The web console: pages for coordinators, supporters and whoever holds a link."""
