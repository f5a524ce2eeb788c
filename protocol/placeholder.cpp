namespace causeway::protocol {}
