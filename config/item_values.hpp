#pragma once

#include "config/leaf_visitor.hpp"

#include <map>
#include <string>
#include <string_view>

namespace causeway::config {

/// `plain ws` for one without, `development`, or its files.
std::string tls_value(const listener& x);

/// How an item of a list is told from others.
inline const std::string& identity_of(const listener& x) {
  return x.address;
}
inline const std::string& identity_of(const upstream& x) {
  return x.address.empty() ? x.srv : x.address;
}

/// Visitor of the schema for the keys of one struct, without those below.
class item_values final : public leaf_visitor {
 public:
  template <class T>
  explicit item_values(T x) {
    describe(*this, x);
  }

  template <class T>
  void section(std::string_view, T&) {}
  void tls(std::string_view key, listener& x, const key_facts&) {
    values[std::string{key}] = tls_value(x);
  }
  template <class T>
  void list(std::string_view, std::vector<T>&, const key_facts&) {}
  void named(
    std::string_view, std::map<std::string, domain>&, const key_facts&) {}

  bool has(std::string_view key, std::string_view value) const {
    auto i = values.find(key);
    return i != values.end() && i->second == value;
  }

  std::map<std::string, std::string, std::less<>> values;

 private:
  void leaf(std::string_view key, std::string value, std::string,
    const key_facts&) override {
    values[std::string{key}] = std::move(value);
  }
};

} // namespace causeway::config
