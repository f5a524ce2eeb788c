#pragma once

#include "protocol/element.hpp"
#include "protocol/element_parser.hpp"
#include "protocol/stream_element.hpp"
#include "protocol/xml_events.hpp"

#include <string_view>
#include <vector>

namespace causeway::protocol {

/// Tells stanzas from nonzas, RFC 6120 section 8.
element_kind kind_of(std::string_view name_space, std::string_view name);

/// Fills everything but `bytes` and `name_end` of a stream_element.
class stream_element_builder final : public xml_events {
 public:
  explicit stream_element_builder(stream_element& to);

  void start(const xml_start& x) override;
  void text(std::u16string_view) override {}
  void end() override {}

 private:
  void start_root(const xml_start& x);
  void add_stanza_attribute(const xml_attribute& x);

  stream_element& to_;
};

/// Builds a tree. Its depth is for the caller to bound.
class tree_builder final : public xml_events {
 public:
  explicit tree_builder(element& to);

  void start(const xml_start& x) override;
  void text(std::u16string_view x) override;
  void end() override;

 private:
  element& root_;
  // Open elements; only the last has children yet to come, so none moves.
  std::vector<element*> open_;
};

/// Reads a root element alone, with its namespace declarations.
class header_builder final : public xml_events {
 public:
  explicit header_builder(header_tag& to);

  void start(const xml_start& x) override;
  void text(std::u16string_view) override {}
  void end() override {}

 private:
  header_tag& to_;
};

} // namespace causeway::protocol
