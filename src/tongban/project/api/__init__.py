"""The programmatic face (`/api/v1`): cases read and worked on by other systems, by the services the pages use.

A session with its CSRF token or an access token signs a request in. Decides nothing itself: who sees and may do what
is the engine's answer, and every refusal is passed on with its code.
"""
