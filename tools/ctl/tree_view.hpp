#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace causeway::ctl {

/// How to show the answer to `actors`.
struct tree_options {
  /// A list of all actors instead of a tree.
  bool flat = false;
  /// In a flat list: only this kind; empty: all.
  std::string kind;
  /// Messages per second by actor id, from an earlier look; may be empty.
  std::map<std::uint64_t, double> rates;
};

/// The answer as a table whose first column draws the tree.
std::string show_actors(
  const boost::json::object& answer, const tree_options& options);

/// Messages handled so far by actor id.
std::map<std::uint64_t, std::uint64_t> handled_by_id(
  const boost::json::object& answer);

/// Messages per second between two looks; actors that are new are left out.
std::map<std::uint64_t, double> rates_between(
  const std::map<std::uint64_t, std::uint64_t>& before,
  const std::map<std::uint64_t, std::uint64_t>& after, double seconds);

} // namespace causeway::ctl
