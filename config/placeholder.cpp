namespace causeway::config {}
