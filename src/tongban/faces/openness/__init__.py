"""依申请公开 and annual reports as people open them: the public asks and reads, the desk keeps the register."""
