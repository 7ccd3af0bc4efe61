"""Mutation at level run: each fact of a contract said wrongly; which checks see it on the real files?"""
