"""How fast, and how small, next to other Python clients and tables: `make bench`.

The law: what is compared runs in one process, in turns (A B C A B C …), over bytes that were made beforehand;
what counts is the median of the ratios of the rounds. A time alone says more about the machine than about us.
"""
