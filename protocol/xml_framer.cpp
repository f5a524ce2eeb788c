/// RFC 6120 sections 4.2 to 4.4, 11.1 and 11.6; RFC 7395 section 3.3.
#include "protocol/xml_framer.hpp"

#include "protocol/xml_declaration.hpp"

#include <array>
#include <cstring>

namespace causeway::protocol {

namespace {

using namespace std::string_view_literals;

// What a byte means inside a tag.
enum class byte_class : std::uint8_t { name, space, other };

constexpr auto classes = [] {
  std::array<byte_class, 256> table{};
  for (unsigned c = 0; c < 256; ++c)
    // Parsers disagree on supplementary characters in names (from F0).
    if (c < 0x20 || c >= 0xf0)
      table[c] = byte_class::other;
  for (unsigned char c : ">/\"'=<&\x7f"sv)
    table[c] = byte_class::other;
  for (unsigned char c : " \n\r\t"sv)
    table[c] = byte_class::space;
  return table;
}();

byte_class class_of(char c) {
  return classes[static_cast<unsigned char>(c)];
}

bool is_space(char c) {
  return class_of(c) == byte_class::space;
}

bool may_start_name(char c) {
  return class_of(c) == byte_class::name && c != '-' && c != '.'
         && (c < '0' || c > '9');
}

// First `c` in the range, or its end.
const char* find(const char* begin, const char* end, char c) {
  auto p = std::memchr(begin, c, static_cast<std::size_t>(end - begin));
  return p ? static_cast<const char*>(p) : end;
}

const char* skip_space(const char* begin, const char* end) {
  while (begin != end && is_space(*begin))
    ++begin;
  return begin;
}

const char* skip_name(const char* begin, const char* end) {
  while (begin != end && class_of(*begin) == byte_class::name)
    ++begin;
  return begin;
}

std::string_view view(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

// A burst must not pin its memory for the rest of a stream.
constexpr std::size_t largest_kept = 4096;

constexpr auto cdata_keyword = "CDATA["sv;
constexpr auto xml_target = "xml"sv;
constexpr std::uint32_t max_xml_declaration = 256;

} // namespace

xml_framer::xml_framer(mode m, const xml_limits& limits)
  : limits_{limits}, mode_{m} {}

void xml_framer::reset() {
  std::string{}.swap(buffer_);
  restart();
}

void xml_framer::restart() {
  root_name_.clear();
  scanned_ = 0;
  what_ = nullptr;
  run_ = 0;
  tags_ = 0;
  depth_ = 0;
  state_ = state::prolog;
  at_start_ = true;
  declared_ = false;
  has_header_ = false;
  closed_ = false;
}

xml_error xml_framer::error() const {
  return {condition_, what_ ? what_ : ""};
}

xml_framer::event xml_framer::refuse(stream_error condition, const char* what) {
  condition_ = condition;
  what_ = what;
  return event::more;
}

bool xml_framer::feed(std::string_view bytes, sink& to) {
  if (failed())
    return false;
  auto in_buffer = !buffer_.empty();
  if (in_buffer) {
    buffer_ += bytes;
    bytes = buffer_;
  }
  auto begin = bytes.data();
  cursor c{begin + scanned_, begin + bytes.size(), begin};
  auto go_on = true;
  while (go_on && c.pos != c.end && !failed()) {
    auto e = scan(c);
    if (e == event::more)
      break;
    go_on = hand_out(e, view(c.unit, c.pos), to);
    c.unit = c.pos;
  }
  if (!failed())
    keep(c, in_buffer);
  if (failed())
    std::string{}.swap(buffer_);
  return !failed();
}

bool xml_framer::finish() {
  if (!failed() && mode_ == mode::message && !closed_)
    refuse(stream_error::not_well_formed, "incomplete element");
  return !failed();
}

void xml_framer::check_size(
  std::size_t size, std::uint32_t limit, const char* what) {
  if (size > limit)
    refuse(stream_error::policy_violation, what);
}

bool xml_framer::hand_out(event e, std::string_view unit, sink& to) {
  switch (e) {
  case event::header:
    check_size(
      unit.size(), limits_.max_header_bytes, "stream header too large");
    has_header_ = true;
    tags_ = 0;
    return !failed() && to.on_header(unit, root_name_);
  case event::element:
    check_size(unit.size(), limits_.max_bytes, "element too large");
    tags_ = 0;
    return !failed() && to.on_element(unit);
  case event::close: return to.on_close();
  case event::more:
  case event::skip: return true;
  }
  return true;
}

// Keeps what is not yet handed out.
void xml_framer::keep(const cursor& c, bool in_buffer) {
  auto rest = view(c.unit, c.end);
  scanned_ = static_cast<std::size_t>(c.pos - c.unit);
  auto in_element = has_header_ || mode_ == mode::message;
  check_size(rest.size(),
    in_element ? limits_.max_bytes : limits_.max_header_bytes,
    "element too large");
  if (!in_buffer)
    buffer_.assign(rest);
  else if (!rest.empty())
    buffer_.erase(0, buffer_.size() - rest.size());
  else if (buffer_.capacity() > largest_kept)
    std::string{}.swap(buffer_);
  else
    buffer_.clear();
}

// Scans up to the next event, the end of the input or a fault.
xml_framer::event xml_framer::scan(cursor& c) {
  while (c.pos != c.end && !failed())
    if (auto e = step(c); e != event::more)
      return e;
  return event::more;
}

xml_framer::event xml_framer::step(cursor& c) {
  switch (state_) {
  case state::prolog: return in_prolog(c);
  case state::text: return in_text(c);
  case state::tag_open: return in_tag_open(c);
  case state::declaration: return in_declaration(c);
  case state::cdata_open: return in_cdata_open(c);
  case state::cdata:
  case state::cdata_bracket:
  case state::cdata_brackets: return in_cdata(c);
  case state::instruction: return in_instruction(c);
  case state::xml_declaration:
  case state::xml_declaration_end: return in_xml_declaration(c);
  case state::name: return in_name(c);
  case state::tag: return in_tag(c);
  case state::quoted:
  case state::apostrophed: return in_attribute_value(c);
  case state::slash: return in_slash(c);
  case state::end_tag: return in_end_tag(c);
  }
  return event::more;
}

// Before the root element.
xml_framer::event xml_framer::in_prolog(cursor& c) {
  auto x = static_cast<unsigned char>(*c.pos);
  if (x == '<') {
    ++c.pos;
    state_ = state::tag_open;
    return event::more;
  }
  if (x == 0xef || x == 0xfe || x == 0xff || x == 0)
    return refuse(stream_error::unsupported_encoding,
      "byte order mark or an encoding other than UTF-8");
  // RFC 7395 section 3.3.3: the first character of a message is '<'.
  if ((mode_ == mode::message && !declared_) || !is_space(*c.pos))
    return refuse(stream_error::bad_format, "does not start with '<'");
  ++c.pos;
  at_start_ = false;
  return event::skip;
}

xml_framer::event xml_framer::in_text(cursor& c) {
  if (depth_ > content_depth()) {
    c.pos = find(c.pos, c.end, '<');
  } else if (is_space(*c.pos)) {
    c.pos = skip_space(c.pos, c.end);
    return event::skip;
  } else if (*c.pos != '<') {
    return refuse(
      stream_error::bad_format, "text outside of a first-level element");
  } else if (closed_) {
    // Two elements in one message are no XML document either.
    return refuse(stream_error::not_well_formed, "data after the end");
  }
  if (c.pos == c.end)
    return event::more;
  ++c.pos;
  state_ = state::tag_open;
  return c.pos == c.end ? event::more : in_tag_open(c);
}

// After '<'.
xml_framer::event xml_framer::in_tag_open(cursor& c) {
  run_ = 0;
  switch (*c.pos) {
  case '/':
    if (depth_ == 0)
      return refuse(stream_error::not_well_formed, "end tag without start tag");
    ++c.pos;
    state_ = state::end_tag;
    return c.pos == c.end ? event::more : in_end_tag(c);
  case '!':
    ++c.pos;
    state_ = state::declaration;
    return event::more;
  case '?':
    ++c.pos;
    state_ = state::instruction;
    return event::more;
  default: break;
  }
  if (*c.pos == 0 && depth_ == 0)
    return refuse(
      stream_error::unsupported_encoding, "an encoding other than UTF-8");
  if (!may_start_name(*c.pos))
    return refuse(stream_error::not_well_formed, "bad start of a tag");
  if (++depth_ > limits_.max_depth + content_depth())
    return refuse(stream_error::policy_violation, "nesting too deep");
  if (++tags_ > limits_.max_tags)
    return refuse(stream_error::policy_violation, "too many elements");
  state_ = state::name;
  attributes_ = 0;
  at_start_ = false;
  return in_name(c);
}

// After '<!'.
xml_framer::event xml_framer::in_declaration(cursor& c) {
  if (*c.pos == '-')
    return refuse(stream_error::restricted_xml, "comment");
  if (*c.pos != '[')
    return refuse(stream_error::restricted_xml, "document type declaration");
  if (depth_ <= content_depth())
    return refuse(stream_error::bad_format, "CDATA outside of an element");
  ++c.pos;
  state_ = state::cdata_open;
  return event::more;
}

// After '<!['.
xml_framer::event xml_framer::in_cdata_open(cursor& c) {
  if (*c.pos != cdata_keyword[run_])
    return refuse(stream_error::not_well_formed, "bad start of CDATA");
  ++c.pos;
  if (++run_ == cdata_keyword.size())
    state_ = state::cdata;
  return event::more;
}

xml_framer::event xml_framer::in_cdata(cursor& c) {
  if (state_ == state::cdata) {
    c.pos = find(c.pos, c.end, ']');
    if (c.pos != c.end) {
      ++c.pos;
      state_ = state::cdata_bracket;
    }
    return event::more;
  }
  auto x = *c.pos++;
  if (x == ']')
    state_ = state::cdata_brackets;
  else if (x == '>' && state_ == state::cdata_brackets)
    state_ = state::text;
  else
    state_ = state::cdata;
  return event::more;
}

// After '<?': an XML declaration at the very start and nothing else.
xml_framer::event xml_framer::in_instruction(cursor& c) {
  auto good = at_start_ && depth_ == 0
              && (run_ < xml_target.size() ? *c.pos == xml_target[run_]
                                           : is_space(*c.pos));
  if (!good)
    return refuse(stream_error::restricted_xml, "processing instruction");
  ++c.pos;
  if (++run_ > xml_target.size()) {
    at_start_ = false;
    declared_ = true;
    state_ = state::xml_declaration;
  }
  return event::more;
}

xml_framer::event xml_framer::in_xml_declaration(cursor& c) {
  // '?' cannot occur in its literals.
  if (state_ == state::xml_declaration) {
    if (*c.pos == '<' || ++run_ > max_xml_declaration)
      return refuse(stream_error::not_well_formed, "bad XML declaration");
    if (*c.pos++ == '?')
      state_ = state::xml_declaration_end;
    return event::more;
  }
  if (*c.pos != '>')
    return refuse(stream_error::not_well_formed, "bad XML declaration");
  ++c.pos;
  if (auto fault = check_xml_declaration(view(c.unit, c.pos)))
    return refuse(*fault, "bad XML declaration");
  state_ = state::prolog;
  return event::skip;
}

// Name of an element.
xml_framer::event xml_framer::in_name(cursor& c) {
  auto begin = c.pos;
  c.pos = skip_name(begin, c.end);
  run_ += static_cast<std::uint32_t>(c.pos - begin);
  if (run_ > limits_.max_name_bytes)
    return refuse(stream_error::policy_violation, "name too long");
  if (mode_ == mode::stream && !has_header_)
    root_name_ += view(begin, c.pos);
  if (c.pos == c.end)
    return event::more;
  state_ = state::tag;
  run_ = 0;
  return in_tag(c);
}

// In a start tag, after the name.
xml_framer::event xml_framer::in_tag(cursor& c) {
  while (c.pos != c.end && state_ == state::tag) {
    auto begin = c.pos;
    switch (class_of(*begin)) {
    case byte_class::space:
      c.pos = skip_space(begin, c.end);
      run_ = 0;
      break;
    case byte_class::name:
      c.pos = skip_name(begin, c.end);
      run_ += static_cast<std::uint32_t>(c.pos - begin);
      if (run_ > limits_.max_name_bytes)
        return refuse(stream_error::policy_violation, "name too long");
      break;
    case byte_class::other:
      run_ = 0;
      if (auto e = in_tag_token(c); e != event::more || failed())
        return e;
    }
  }
  return event::more;
}

xml_framer::event xml_framer::in_tag_token(cursor& c) {
  switch (*c.pos++) {
  case '>':
    state_ = state::text;
    return mode_ == mode::stream && !has_header_ ? event::header : event::more;
  case '/': state_ = state::slash; return event::more;
  case '=': return event::more;
  case '"': state_ = state::quoted; break;
  case '\'': state_ = state::apostrophed; break;
  default:
    return refuse(stream_error::not_well_formed, "bad character in a tag");
  }
  if (++attributes_ > limits_.max_attributes)
    return refuse(stream_error::policy_violation, "too many attributes");
  return c.pos == c.end ? event::more : in_attribute_value(c);
}

xml_framer::event xml_framer::in_attribute_value(cursor& c) {
  c.pos = find(c.pos, c.end, state_ == state::quoted ? '"' : '\'');
  if (c.pos != c.end) {
    ++c.pos;
    state_ = state::tag;
  }
  return event::more;
}

// After '/' in a start tag.
xml_framer::event xml_framer::in_slash(cursor& c) {
  if (*c.pos != '>')
    return refuse(stream_error::not_well_formed, "'/' without '>'");
  if (mode_ == mode::stream && !has_header_)
    return refuse(stream_error::bad_format, "empty stream element");
  ++c.pos;
  state_ = state::text;
  return end_element();
}

xml_framer::event xml_framer::in_end_tag(cursor& c) {
  auto begin = c.pos;
  c.pos = find(begin, c.end, '>');
  run_ += static_cast<std::uint32_t>(c.pos - begin);
  // Some white space may follow the name.
  if (run_ > limits_.max_name_bytes + 16u)
    return refuse(stream_error::policy_violation, "name too long");
  if (c.pos == c.end)
    return event::more;
  auto name = view(c.unit + "</"sv.size(), c.pos);
  ++c.pos;
  state_ = state::text;
  if (depth_ > 1 || mode_ == mode::message)
    return end_element();
  auto length = name.find_last_not_of(" \t\r\n");
  if (name.substr(0, length + 1) != root_name_)
    return refuse(
      stream_error::not_well_formed, "end tag of another stream element");
  depth_ = 0;
  closed_ = true;
  return event::close;
}

xml_framer::event xml_framer::end_element() {
  if (--depth_ > content_depth())
    return event::more;
  if (mode_ == mode::message)
    closed_ = true;
  return event::element;
}

} // namespace causeway::protocol
