"""ISO 20022 messages between the platform and its custodian bank. No database.

``contents`` is what the messages say, ``orders`` and ``cash`` translate it to and from
XML, and ``envelope`` is the one gate through which foreign XML comes in.
"""
