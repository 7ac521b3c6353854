"""HTTP as flows speak it; loads aiohttp, so it is imported when a first request is sent."""
