/// RFC 7395 section 3.3; RFC 6120 section 11: restricted XML, well-formed.
/// The only file that parses with Xerces.
#include "protocol/element_parser.hpp"

#include "protocol/element_builder.hpp"
#include "protocol/parser_memory.hpp"
#include "protocol/plain_reader.hpp"
#include "protocol/utf8.hpp"
#include "protocol/xml_framer.hpp"
#include "protocol/xml_platform.hpp"

#include <xercesc/framework/MemoryManager.hpp>
#include <xercesc/framework/XMLAttr.hpp>
#include <xercesc/framework/XMLDocumentHandler.hpp>
#include <xercesc/framework/XMLElementDecl.hpp>
#include <xercesc/framework/XMLErrorCodes.hpp>
#include <xercesc/internal/XMLScanner.hpp>
#include <xercesc/parsers/SAXParser.hpp>
#include <xercesc/sax/InputSource.hpp>
#include <xercesc/sax/SAXException.hpp>
#include <xercesc/util/BinInputStream.hpp>
#include <xercesc/util/OutOfMemoryException.hpp>
#include <xercesc/util/PlatformUtils.hpp>
#include <xercesc/util/XMLExceptMsgs.hpp>
#include <xercesc/util/XMLUni.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace causeway::protocol {

namespace {

namespace xc = xercesc;

// Leaves the parser from within a callback.
struct stop {
  xml_error error;
};

[[noreturn]] void refuse(stream_error condition, const char* detail) {
  throw stop{{condition, detail}};
}

// Every XMLCh string of a parse ends in NUL and is nullptr where absent.
std::u16string_view view(const XMLCh* text) {
  return text ? std::u16string_view{text} : std::u16string_view{};
}

// A message of Xerces may quote the document at length.
std::string readable(const XMLCh* text) {
  constexpr std::size_t longest = 160;
  std::u16string shown{view(text).substr(0, longest)};
  std::ranges::replace_if(
    shown, [](char16_t x) { return x < 0x20 || x >= 0xfffe; }, u'?');
  std::string result;
  append_utf8(result, shown);
  return result;
}

class memory_manager final : public xc::MemoryManager {
 public:
  explicit memory_manager(parser_memory& memory) : memory_{memory} {}

  void* allocate(XMLSize_t size) override {
    if (auto block = memory_.allocate(size))
      return block;
    throw xc::OutOfMemoryException{};
  }
  void deallocate(void* block) override { memory_.deallocate(block); }
  // Exceptions outlive a memory that is dropped.
  xc::MemoryManager* getExceptionMemoryManager() override {
    return xc::XMLPlatformUtils::fgMemoryManager;
  }

 private:
  parser_memory& memory_;
};

class view_stream final : public xc::BinInputStream {
 public:
  explicit view_stream(std::string_view text) : text_{text} {}

  XMLFilePos curPos() const override { return pos_; }
  XMLSize_t readBytes(XMLByte* to, XMLSize_t max) override {
    auto n = std::min<std::size_t>(text_.size() - pos_, max);
    std::memcpy(to, text_.data() + pos_, n);
    pos_ += n;
    return n;
  }
  const XMLCh* getContentType() const override { return nullptr; }

 private:
  std::string_view text_;
  std::size_t pos_ = 0;
};

// A borrowed document in UTF-8, whatever it says about itself.
class view_source final : public xc::InputSource {
 public:
  explicit view_source(xc::MemoryManager* memory)
    : InputSource{u"element", memory} {
    setEncoding(xc::XMLUni::fgUTF8EncodingString);
  }

  void set(std::string_view text) { text_ = text; }
  xc::BinInputStream* makeStream() const override {
    return new (getMemoryManager()) view_stream{text_};
  }

 private:
  std::string_view text_;
};

// Passes on what is asked for and refuses what the scanner lets through.
class document_handler final : public xc::XMLDocumentHandler {
 public:
  void begin(xml_events& to, const xml_limits& limits) {
    to_ = &to;
    namespaces_left_ = limits.max_namespaces;
    depth_ = 0;
    complete_ = false;
  }
  void use(const xc::XMLScanner& scanner) { scanner_ = &scanner; }
  bool complete() const { return complete_; }

  void startElement(const xc::XMLElementDecl& declaration, unsigned ns,
    const XMLCh* prefix, const xc::RefVectorOf<xc::XMLAttr>& attributes,
    XMLSize_t count, bool is_empty, bool) override {
    attributes_.clear();
    auto keep = depth_ < to_->wanted.attribute_depth;
    for (XMLSize_t i = 0; i < count; ++i) {
      auto x = attributes.elementAt(i);
      xml_attribute copy{view(x->getPrefix()), view(x->getName()), {}};
      auto declares = copy.is_declaration();
      if (!declares && !keep)
        continue;
      copy.value = view(x->getValue());
      if (declares)
        check_declaration(copy);
      if (keep)
        attributes_.push_back(copy);
    }
    if (depth_ < to_->wanted.element_depth)
      to_->start({depth_, view(prefix), view(declaration.getBaseName()),
        view(scanner_->getURIText(ns)), attributes_});
    ++depth_;
    if (is_empty)
      leave();
  }
  void endElement(
    const xc::XMLElementDecl&, unsigned, bool, const XMLCh*) override {
    leave();
  }
  void docCharacters(const XMLCh* text, XMLSize_t size, bool) override {
    if (to_->wanted.content)
      to_->text({text, size});
  }
  void ignorableWhitespace(const XMLCh*, XMLSize_t, bool) override {}
  void docComment(const XMLCh*) override {
    refuse(stream_error::restricted_xml, "comment");
  }
  void docPI(const XMLCh*, const XMLCh*) override {
    refuse(stream_error::restricted_xml, "processing instruction");
  }
  void XMLDecl(
    const XMLCh*, const XMLCh*, const XMLCh*, const XMLCh*) override {}
  void startDocument() override {}
  void endDocument() override {}
  void resetDocument() override {}
  void startEntityReference(const xc::XMLEntityDecl&) override {}
  void endEntityReference(const xc::XMLEntityDecl&) override {}

 private:
  void check_declaration(const xml_attribute& x) {
    if (namespaces_left_-- == 0)
      refuse(stream_error::policy_violation, "too many namespace declarations");
    // Namespaces in XML 1.0 section 3; the scanner forgets these rules.
    auto is_xmlns = x.value == view(xc::XMLUni::fgXMLNSURIName);
    auto is_xml = x.value == view(xc::XMLUni::fgXMLURIName);
    auto binds_xml = x.prefix == u"xmlns" && x.name == u"xml";
    if (is_xmlns || (is_xml && !binds_xml))
      refuse(stream_error::not_well_formed, "reserved namespace declared");
  }
  void leave() {
    complete_ = --depth_ == 0;
    if (to_->wanted.content)
      to_->end();
  }

  xml_events* to_ = nullptr;
  const xc::XMLScanner* scanner_ = nullptr;
  std::vector<xml_attribute> attributes_;
  unsigned namespaces_left_ = 0;
  unsigned depth_ = 0;
  bool complete_ = false;
};

stream_error condition_of(unsigned code, std::u16string_view domain) {
  if (domain == view(xc::XMLUni::fgExceptDomain)) {
    switch (code) {
    case xc::XMLExcepts::UTF8_FormatError:
    case xc::XMLExcepts::UTF8_Invalid_3BytesSeq:
    case xc::XMLExcepts::UTF8_Irregular_3BytesSeq:
    case xc::XMLExcepts::UTF8_Invalid_4BytesSeq:
    case xc::XMLExcepts::UTF8_Exceeds_BytesLimit:
    case xc::XMLExcepts::Trans_BadSrcSeq:
    case xc::XMLExcepts::Trans_CantCreateCvtrFor:
    case xc::XMLExcepts::Trans_Unrepresentable:
      return stream_error::unsupported_encoding;
    default: return stream_error::not_well_formed;
    }
  }
  switch (code) {
  case xc::XMLErrs::EntityNotFound:
  case xc::XMLErrs::EntityExpansionLimitExceeded:
    return stream_error::restricted_xml;
  case xc::XMLErrs::BadXMLEncoding:
  case xc::XMLErrs::ContradictoryEncoding:
    return stream_error::unsupported_encoding;
  default: return stream_error::not_well_formed;
  }
}

class scanner_front final : public xc::SAXParser {
 public:
  explicit scanner_front(xc::MemoryManager* memory)
    : SAXParser{nullptr, memory} {
    // First, since it replaces the scanner. This one knows no DTD, no grammar
    // and no validation.
    useScanner(xc::XMLUni::fgWFXMLScanner);
    setDoNamespaces(true);
    setDoSchema(false);
    setValidationScheme(Val_Never);
    setLoadExternalDTD(false);
    setLoadSchema(false);
    setDisableDefaultEntityResolution(true);
    setExitOnFirstFatalError(true);
    setCalculateSrcOfs(false);
    scanner().setDisallowDTD(true);
    scanner().setErrorReporter(this);
  }

  xc::XMLScanner& scanner() {
    return const_cast<xc::XMLScanner&>(getScanner());
  }

  // A parser is its own error reporter, and only here are codes to be had.
  void error(unsigned code, const XMLCh* domain, xc::XMLErrorReporter::ErrTypes,
    const XMLCh* text, const XMLCh*, const XMLCh*, XMLFileLoc,
    XMLFileLoc) override {
    throw stop{{condition_of(code, view(domain)), readable(text)}};
  }
  void resetErrors() override {}
};

// One per thread, reused for everybody whom the thread serves. Not to be
// entered from its own callbacks.
class thread_parser {
 public:
  thread_parser() { build(); }
  ~thread_parser() { destroy(); }

  thread_parser(const thread_parser&) = delete;
  thread_parser& operator=(const thread_parser&) = delete;

  static thread_parser& get() {
    static const xml_platform platform;
    static thread_local thread_parser parser;
    return parser;
  }

  // Only for bytes that passed the framer.
  std::optional<xml_error> parse(
    std::string_view document, xml_events& to, const xml_limits& limits) {
    if (has_byte_above_f4(document))
      return xml_error{
        stream_error::unsupported_encoding, "byte that UTF-8 never has"};
    handler_.begin(to, limits);
    source_->set(document);
    auto error = run();
    // Namespaces and prefixes seen stay in the parser for ever.
    if (memory_.in_use() > empty_size_ + largest_growth
        || memory_.reserved() > largest_reserve)
      rebuild();
    return error;
  }

 private:
  static constexpr std::size_t memory_limit = 16 * 1024 * 1024;
  static constexpr std::size_t largest_growth = 64 * 1024;
  static constexpr std::size_t largest_reserve = 4 * 1024 * 1024;

  std::optional<xml_error> run() {
    try {
      front_->parse(*source_);
    } catch (stop& x) {
      return std::move(x.error);
    } catch (const xc::OutOfMemoryException&) {
      // The parser's state is undefined now: no destructor may run.
      memory_.drop();
      build();
      return xml_error{
        stream_error::policy_violation, "memory limit of the parser"};
    } catch (const xc::XMLException& x) {
      return xml_error{stream_error::not_well_formed, readable(x.getMessage())};
    } catch (const xc::SAXException& x) {
      return xml_error{stream_error::not_well_formed, readable(x.getMessage())};
    }
    if (!handler_.complete())
      return xml_error{stream_error::not_well_formed, "no complete element"};
    return std::nullopt;
  }

  void build() {
    front_ = new (&manager_) scanner_front{&manager_};
    source_ = new (&manager_) view_source{&manager_};
    front_->installAdvDocHandler(&handler_);
    handler_.use(front_->scanner());
    empty_size_ = memory_.in_use();
  }
  void destroy() {
    delete front_;
    delete source_;
  }
  void rebuild() {
    destroy();
    memory_.drop();
    build();
  }

  parser_memory memory_{memory_limit};
  memory_manager manager_{memory_};
  document_handler handler_;
  scanner_front* front_ = nullptr;
  view_source* source_ = nullptr;
  std::size_t empty_size_ = 0;
};

class element_finder final : public xml_framer::sink {
 public:
  std::string_view found;

  bool on_header(std::string_view, std::string_view) override { return true; }
  bool on_element(std::string_view bytes) override {
    found = bytes;
    return true;
  }
  bool on_close() override { return true; }
};

// The one element of a message, without XML declaration and trailing space.
result<std::string_view, xml_error> find_element(
  std::string_view text, const xml_limits& limits) {
  // A frame that large is refused before; here it only must not be copied.
  std::size_t most = limits.max_bytes;
  if (text.size() > most + limits.max_header_bytes)
    return xml_error{stream_error::policy_violation, "element too large"};
  xml_framer framer{xml_framer::mode::message, limits};
  element_finder finder;
  if (!framer.feed(text, finder) || !framer.finish())
    return framer.error();
  return finder.found;
}

} // namespace

result<void, xml_error> parse_message(
  std::string text, const xml_limits& limits, stream_element& to) {
  if (read_plain(text, limits, to)) {
    to.bytes = std::move(text);
    return {};
  }
  to = {};
  auto found = find_element(text, limits);
  if (!found)
    return found.error();
  stream_element_builder builder{to};
  if (auto error = thread_parser::get().parse(*found, builder, limits))
    return std::move(*error);
  to.name_end =
    static_cast<std::uint32_t>(found->find_first_of(" \t\r\n/>", 1));
  auto begin = static_cast<std::size_t>(found->data() - text.data());
  text.erase(begin + found->size());
  text.erase(0, begin);
  to.bytes = std::move(text);
  return {};
}

result<stream_element, xml_error> parse_message(
  std::string text, const xml_limits& limits) {
  result<stream_element, xml_error> x;
  if (auto done = parse_message(std::move(text), limits, *x); !done)
    return done.error();
  return x;
}

result<element, xml_error> parse_tree(
  std::string_view bytes, const xml_limits& limits) {
  auto found = find_element(bytes, limits);
  if (!found)
    return found.error();
  element x;
  tree_builder builder{x};
  if (auto error = thread_parser::get().parse(*found, builder, limits))
    return std::move(*error);
  return x;
}

result<header_tag, xml_error> parse_header_tag(
  std::string_view tag, const xml_limits& limits) {
  // A start tag alone is no document; an empty element is.
  std::string document{tag.substr(0, tag.find_last_not_of('>') + 1)};
  document += "/>";
  auto found = find_element(document, limits);
  if (!found)
    return found.error();
  header_tag x;
  header_builder builder{x};
  if (auto error = thread_parser::get().parse(*found, builder, limits))
    return std::move(*error);
  return x;
}

} // namespace causeway::protocol
