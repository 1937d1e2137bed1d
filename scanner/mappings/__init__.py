"""Formats as data: a page of YAML that says which records a report has and where the parts of a finding come from.

language     what may stand in a mapping, as types
source       YAML → language, with errors that name line and key
paths        where in a record a value stands → how to decode the record, and how to get at it
expressions  the few operations
findings     a record → a finding, dismissed, or none
variants     the physical shapes
formats      a mapping → a `scanner.format.Format`, like one that is written in Python
"""
