"""Should this task be prompted, given documents, or fine-tuned?"""
