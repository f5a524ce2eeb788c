#include "actors/inspect/snapshot_fields.hpp"

#include <cstring>
#include <limits>

namespace causeway {

namespace {

std::string_view shortened(std::string_view x) {
  return x.substr(0, std::numeric_limits<std::uint32_t>::max());
}

} // namespace

snapshot_field snapshot_fields::const_iterator::operator*() const {
  lengths n;
  std::memcpy(&n, at_, sizeof(n));
  auto* name = at_ + sizeof(n);
  return {{name, n.name}, {name + n.name, n.value}};
}

snapshot_fields::const_iterator& snapshot_fields::const_iterator::operator++() {
  lengths n;
  std::memcpy(&n, at_, sizeof(n));
  at_ += sizeof(n) + n.name + n.value;
  return *this;
}

snapshot_fields::snapshot_fields(std::initializer_list<snapshot_field> x) {
  std::size_t size = 0;
  for (auto& y : x)
    size += sizeof(lengths) + y.name.size() + y.value.size();
  text_.reserve(size);
  for (auto& y : x)
    push_back(y);
}

void snapshot_fields::push_back(const snapshot_field& x) {
  auto name = shortened(x.name);
  auto value = shortened(x.value);
  lengths n{static_cast<std::uint32_t>(name.size()),
    static_cast<std::uint32_t>(value.size())};
  text_.append(reinterpret_cast<const char*>(&n), sizeof(n));
  text_.append(name).append(value);
}

} // namespace causeway
