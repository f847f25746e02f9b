"""The demo's invented city: a bay with a river, an island and hills in the north, drawn from a seed.

Pure: a seed in, streets, places and areas out. `files` writes them as an OpenStreetMap extract and a GeoJSON of areas, which
`dispatch.seeds.reading` reads like any other city's, so that an alarm can't tell this city from a real one.
"""
