#pragma once

#include "protocol/element_parser.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace causeway::protocol {

/// Cuts bytes into complete first-level elements, in any chunking, and
/// refuses what is visible without parsing: DTD, comment, processing
/// instruction, another encoding, and more of anything than the limits allow.
/// It does not check well-formedness; that is the parser's part, and a wrongly
/// cut element does not parse. Xerces must never see other bytes.
class xml_framer {
 public:
  enum class mode : std::uint8_t {
    /// A stream of RFC 6120: header, elements, end tag.
    stream,
    /// One message of RFC 7395: the document is one element.
    message,
  };

  /// Takes what the framer finds. Views die when the call returns. A handler
  /// returns false to stop: the rest of the input stays for the next `feed`.
  class sink {
   public:
    virtual ~sink() = default;
    /// The start tag of a stream and the qualified name in it.
    virtual bool on_header(std::string_view tag, std::string_view name) = 0;
    /// A complete first-level element.
    virtual bool on_element(std::string_view bytes) = 0;
    /// The end tag of a stream.
    virtual bool on_close() = 0;
  };

  explicit xml_framer(mode m, const xml_limits& limits = {});

  /// Scans the next bytes; false: refused, for good, see `error`. An element
  /// that lies within `bytes` reaches the sink without a copy. Not to be
  /// called from a handler.
  bool feed(std::string_view bytes, sink& to);
  /// Says that no bytes follow; false if a message is incomplete.
  bool finish();

  /// Forgets everything, for a new message or a new connection.
  void reset();
  /// Expects a new stream header (RFC 6120 section 4.3.3); bytes that are fed
  /// and not yet handed out belong to it.
  void restart();

  bool failed() const { return what_ != nullptr; }
  /// Why the bytes were refused.
  xml_error error() const;
  /// Bytes of an unfinished element that wait for the rest.
  std::size_t buffered() const { return buffer_.size(); }

 private:
  enum class event : std::uint8_t { more, skip, header, element, close };
  enum class state : std::uint8_t {
    prolog,
    text,
    tag_open,
    declaration,
    cdata_open,
    cdata,
    cdata_bracket,
    cdata_brackets,
    instruction,
    xml_declaration,
    xml_declaration_end,
    name,
    tag,
    quoted,
    apostrophed,
    slash,
    end_tag,
  };

  // Where the scan is; `unit` is the first byte not yet handed out.
  struct cursor {
    const char* pos;
    const char* end;
    const char* unit;
  };

  event scan(cursor& c);
  event step(cursor& c);
  event in_prolog(cursor& c);
  event in_text(cursor& c);
  event in_tag_open(cursor& c);
  event in_declaration(cursor& c);
  event in_cdata_open(cursor& c);
  event in_cdata(cursor& c);
  event in_instruction(cursor& c);
  event in_xml_declaration(cursor& c);
  event in_name(cursor& c);
  event in_tag(cursor& c);
  event in_tag_token(cursor& c);
  event in_attribute_value(cursor& c);
  event in_slash(cursor& c);
  event in_end_tag(cursor& c);

  bool hand_out(event e, std::string_view unit, sink& to);
  void keep(const cursor& c, bool in_buffer);
  void check_size(std::size_t size, std::uint32_t limit, const char* what);
  event end_element();
  event refuse(stream_error condition, const char* what);
  // Depth of the place where first-level elements stand.
  unsigned content_depth() const { return mode_ == mode::stream ? 1 : 0; }

  xml_limits limits_;
  std::string buffer_;
  std::string root_name_;
  // Bytes of the buffer that are scanned already.
  std::size_t scanned_ = 0;
  const char* what_ = nullptr;
  // Bytes of the current name, or characters of a keyword seen.
  std::uint32_t run_ = 0;
  std::uint32_t tags_ = 0;
  std::uint16_t depth_ = 0;
  std::uint16_t attributes_ = 0;
  mode mode_;
  state state_ = state::prolog;
  stream_error condition_ = stream_error::not_well_formed;
  bool at_start_ = true;
  bool declared_ = false;
  bool has_header_ = false;
  bool closed_ = false;
};

} // namespace causeway::protocol
