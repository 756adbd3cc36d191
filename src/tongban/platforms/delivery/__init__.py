"""How an applicant wants the result (送达方式): chosen with the application, shown at the delivery step."""
