#pragma once

#include <random>
#include <string>

/// Random XML with everything that makes it hard to cut: markup in quotes and
/// CDATA, white space in tags, prefixes, names beyond ASCII.
namespace causeway::test {

/// A random element; it needs the prefix `p`.
std::string random_element(std::mt19937& random, int depth = 0);

/// A random stanza as one message; well-formed, in `jabber:client`, sometimes
/// with that namespace bound to a prefix.
std::string random_stanza(std::mt19937& random);

/// A random element in the form of nearly all: names without prefix but
/// `xml:lang`, no CDATA.
std::string plain_element(std::mt19937& random, int depth = 0);

/// `text` with some bytes cut out, doubled, changed or put in between.
std::string mutated(std::mt19937& random, std::string text);

} // namespace causeway::test
