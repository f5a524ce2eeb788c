#pragma once

#include <string>
#include <string_view>

namespace causeway::protocol {

/// The element of a set or map of names, "*.example.org" for all below that
/// name and "*" for all others, that fits a domain: the name itself, else the
/// longest pattern; `end()` if there is none.
template <class Domains>
auto find_domain(const Domains& x, std::string_view domain) {
  auto found = x.find(domain);
  for (auto dot = domain.find('.'); found == x.end() && dot != domain.npos;
       dot = domain.find('.', dot + 1))
    found = x.find("*" + std::string{domain.substr(dot)});
  return found != x.end() ? found : x.find(std::string_view{"*"});
}

} // namespace causeway::protocol
