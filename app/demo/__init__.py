"""The demo: one made-up school, its participants and one exam, put in through the same services people use.

Names, questions, pictures and the recording were made for this project. Nothing in here serves a real exam.
"""
