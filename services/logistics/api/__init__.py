"""How people ask logistics: a file per resource; words.py and views.py translate."""
