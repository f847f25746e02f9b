"""A city's week of calls lived through under one rule of who goes, again and again: does the recommendation save time?"""
