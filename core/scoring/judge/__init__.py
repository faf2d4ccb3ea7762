"""A language model beside the people: asked in both orders, shown only with how it agrees."""
