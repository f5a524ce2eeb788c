#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>

namespace causeway {

/// One named figure or fact of a snapshot; a view of what says it.
struct snapshot_field {
  std::string_view name;
  std::string_view value;
};

/// The fields of one snapshot, in the order in which they were added. They
/// stand in one text, since thousands of snapshots are taken at a time.
class snapshot_fields {
 public:
  /// Views into the fields: valid until these change, move or go.
  class const_iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = snapshot_field;
    using difference_type = std::ptrdiff_t;
    using pointer = const snapshot_field*;
    using reference = snapshot_field;

    const_iterator() = default;
    explicit const_iterator(const char* at) : at_{at} {}

    snapshot_field operator*() const;
    const_iterator& operator++();
    const_iterator operator++(int) {
      auto before = *this;
      ++*this;
      return before;
    }
    bool operator==(const const_iterator&) const = default;

   private:
    const char* at_ = nullptr;
  };

  snapshot_fields() = default;
  snapshot_fields(std::initializer_list<snapshot_field> x);

  /// Of a value beyond 4 GiB the rest is left out, of a name too.
  void push_back(const snapshot_field& x);
  void clear() { text_.clear(); }
  bool empty() const { return text_.empty(); }

  const_iterator begin() const { return const_iterator{text_.data()}; }
  const_iterator end() const {
    return const_iterator{text_.data() + text_.size()};
  }

 private:
  /// In front of each field.
  struct lengths {
    std::uint32_t name = 0;
    std::uint32_t value = 0;
  };

  std::string text_;
};

} // namespace causeway
