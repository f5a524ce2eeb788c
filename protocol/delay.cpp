/// XEP-0203 (Delayed Delivery); XEP-0082 section 3.2.
#include "protocol/delay.hpp"

#include "protocol/element_parser.hpp"
#include "protocol/jid.hpp"
#include "protocol/namespaces.hpp"
#include "protocol/tag_scanner.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

namespace causeway::protocol {

namespace {

void append_number(std::string& to, long long value, std::size_t width) {
  auto digits = std::to_string(value);
  to.append(width - std::min(width, digits.size()), '0') += digits;
}

element delay_element(
  std::string_view domain, std::chrono::system_clock::time_point sent) {
  element x{"delay", ns::delay};
  x.set("from", domain).set("stamp", date_time(sent));
  return x;
}

// Hardly any stanza has one: do not parse the others again. Its namespace may
// be written with character references, its name may not.
bool may_have_delay(std::string_view bytes) {
  return bytes.find("delay") != bytes.npos;
}

std::string domain_of(std::string_view address) {
  auto x = jid::parse(address);
  return x ? x->domain() : std::string{};
}

// However it is written: "Example.ORG" is the domain as well.
bool is_delay_of(const element& x, std::span<const std::string> domains) {
  if (!x.is("delay", ns::delay))
    return false;
  auto from = jid::parse(x.value_of("from"));
  return from && from->local().empty()
         && std::ranges::find(domains, from->domain()) != domains.end();
}

// The place of each child of the root.
std::vector<std::pair<std::size_t, std::size_t>> children_in(
  std::string_view bytes) {
  std::vector<std::pair<std::size_t, std::size_t>> places;
  tag_scanner tags{bytes};
  std::size_t depth = 0;
  std::size_t begin = 0;
  for (tag_scanner::tag tag; tags.next(tag);) {
    auto is_outer = depth == (tag.what == tag_scanner::kind::end ? 2u : 1u);
    if (is_outer && tag.what != tag_scanner::kind::end)
      begin = tag.begin;
    if (is_outer && tag.what != tag_scanner::kind::start)
      places.emplace_back(begin, tag.end);
    if (tag.what == tag_scanner::kind::start)
      ++depth;
    else if (tag.what == tag_scanner::kind::end)
      --depth;
  }
  return places;
}

bool has_delay(std::string_view bytes, std::string_view domain) {
  if (!may_have_delay(bytes))
    return false;
  auto tree = parse_tree(bytes);
  return tree && std::ranges::any_of(tree->children, [domain](auto& y) {
    return y.is("delay", ns::delay) && y.value_of("from") == domain;
  });
}

// `bytes` with `child` as the last one of the root.
std::string with_child(std::string_view bytes, std::string_view child) {
  tag_scanner tags{bytes};
  tag_scanner::tag root;
  tags.next(root);
  std::string out;
  out.reserve(bytes.size() + child.size() + root.name.size() + 3);
  if (root.what != tag_scanner::kind::empty) {
    auto end = bytes.rfind("</");
    out += bytes.substr(0, end);
    out += child;
    return out += bytes.substr(end);
  }
  auto end = bytes.rfind("/>");
  out += bytes.substr(0, end);
  (out += '>') += child;
  (out += "</") += root.name;
  return out += bytes.substr(end + 1);
}

} // namespace

stream_element add_delay(const stream_element& x, std::string_view domain,
  std::chrono::system_clock::time_point sent) {
  auto y = x;
  auto late =
    x.kind == element_kind::message || x.kind == element_kind::presence;
  if (!late || has_delay(x.bytes, domain))
    return y;
  y.bytes = with_child(x.bytes, to_xml(delay_element(domain, sent)));
  if (y.children++ == 0) {
    y.child_name = "delay";
    y.child_ns = ns::delay;
  }
  return y;
}

std::optional<stream_element> strip_delay(
  const stream_element& x, std::string_view sender) {
  if (!may_have_delay(x.bytes))
    return std::nullopt;
  auto tree = parse_tree(x.bytes);
  if (!tree)
    return std::nullopt;
  std::array domains{domain_of(sender), domain_of(x.to)};
  auto places = children_in(x.bytes);
  auto y = x;
  y.bytes.clear();
  y.children = 0;
  y.child_name.clear();
  y.child_ns.clear();
  std::size_t copied = 0;
  for (std::size_t i = 0; i < std::min(places.size(), tree->children.size());
       ++i) {
    auto& child = tree->children[i];
    if (is_delay_of(child, domains)) {
      y.bytes.append(x.bytes, copied, places[i].first - copied);
      copied = places[i].second;
    } else if (y.children++ == 0) {
      y.child_name = child.name;
      y.child_ns = child.ns;
    }
  }
  if (copied == 0)
    return std::nullopt;
  y.bytes.append(x.bytes, copied);
  return y;
}

std::string date_time(std::chrono::system_clock::time_point x) {
  using namespace std::chrono;
  auto day = floor<days>(x);
  year_month_day date{day};
  hh_mm_ss time{floor<milliseconds>(x - day)};
  std::string out;
  append_number(out, static_cast<int>(date.year()), 4);
  append_number(out += '-', static_cast<unsigned>(date.month()), 2);
  append_number(out += '-', static_cast<unsigned>(date.day()), 2);
  append_number(out += 'T', time.hours().count(), 2);
  append_number(out += ':', time.minutes().count(), 2);
  append_number(out += ':', time.seconds().count(), 2);
  append_number(out += '.', time.subseconds().count(), 3);
  return out += 'Z';
}

} // namespace causeway::protocol
