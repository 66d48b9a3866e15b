"""Files for electronic document exchange in the tax service's format 5.03 (J3, docs/decisions/0024).

The format: orders ЕД-7-26/970@ of 19.12.2023 and ЕД-7-26/1032@ of 15.11.2024, КНД 1115131. Elements and
attributes are called as there, so that the code reads beside the order.
"""
