/// RFC 8265 (profiles of PRECIS) and RFC 7622 section 3.2, on ICU.
#include "protocol/precis.hpp"

#include "protocol/precis_class.hpp"

#include <unicode/idna.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>

namespace causeway::protocol {

namespace {

using icu::UnicodeString;

// Both live as long as the process and may be used by all threads at once.
const icu::Normalizer2* nfc() {
  static auto* instance = [] {
    auto error = U_ZERO_ERROR;
    return icu::Normalizer2::getNFCInstance(error);
  }();
  return instance;
}

const icu::Normalizer2* nfkc() {
  static auto* instance = [] {
    auto error = U_ZERO_ERROR;
    return icu::Normalizer2::getNFKCInstance(error);
  }();
  return instance;
}

std::optional<UnicodeString> decode(std::string_view text) {
  UnicodeString out;
  auto capacity = static_cast<std::int32_t>(text.size());
  auto* buffer = out.getBuffer(capacity);
  if (!buffer)
    return std::nullopt;
  std::int32_t length = 0;
  auto error = U_ZERO_ERROR;
  u_strFromUTF8(buffer, capacity, &length, text.data(), capacity, &error);
  out.releaseBuffer(U_SUCCESS(error) ? length : 0);
  if (U_FAILURE(error))
    return std::nullopt;
  return out;
}

std::string encode(const UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

std::u32string split(const UnicodeString& text) {
  std::u32string out;
  out.reserve(static_cast<std::size_t>(text.length()));
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1))
    out += static_cast<char32_t>(text.char32At(i));
  return out;
}

UnicodeString normalized(const UnicodeString& text) {
  auto error = U_ZERO_ERROR;
  return nfc()->normalize(text, error);
}

// -- RFC 8265: the rules of the profiles --------------------------------------

// Full-width and half-width characters become what they stand for.
UnicodeString width_mapped(const UnicodeString& text) {
  UnicodeString out;
  for (auto c : split(text)) {
    auto type = u_getIntPropertyValue(c, UCHAR_DECOMPOSITION_TYPE);
    UnicodeString mapping;
    if ((type == U_DT_WIDE || type == U_DT_NARROW)
        && nfkc()->getRawDecomposition(c, mapping))
      out += mapping;
    else
      out += static_cast<UChar32>(c);
  }
  return out;
}

UnicodeString with_plain_spaces(const UnicodeString& text) {
  UnicodeString out;
  for (auto c : split(text))
    out += u_charType(c) == U_SPACE_SEPARATOR ? UChar32{' '}
                                              : static_cast<UChar32>(c);
  return out;
}

// RFC 8264 section 7: rules are applied until nothing changes any more.
std::optional<std::string> enforce(std::string_view text,
  const std::function<UnicodeString(const UnicodeString&)>& rules,
  const std::function<bool(std::u32string_view)>& accepts) {
  auto current = decode(text);
  if (!current)
    return std::nullopt;
  for (auto round = 0; round < 4; ++round) {
    auto next = rules(*current);
    if (next == *current) {
      auto valid = !next.isEmpty() && accepts(split(next));
      return valid ? std::optional{encode(next)} : std::nullopt;
    }
    *current = std::move(next);
  }
  return std::nullopt;
}

// UTS 46 lets symbols pass that IDNA2008 disallows, such as U+2044, a slash
// to the eye; and it takes an empty last label for the root.
bool has_valid_labels(std::u32string_view name) {
  for (;;) {
    auto dot = name.find(U'.');
    auto label = name.substr(0, dot);
    if (label.empty() || !belongs_to(label, precis_class::identifier))
      return false;
    if (dot == name.npos)
      return true;
    name.remove_prefix(dot + 1);
  }
}

/// Both forms of a domain name.
struct domain_forms {
  UnicodeString ascii;
  UnicodeString unicode;
};

std::optional<domain_forms> domain_names(std::string_view text) {
  static const std::unique_ptr<const icu::IDNA> idna{[] {
    auto error = U_ZERO_ERROR;
    return icu::IDNA::createUTS46Instance(
      UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ
        | UIDNA_CHECK_CONTEXTO | UIDNA_NONTRANSITIONAL_TO_ASCII
        | UIDNA_NONTRANSITIONAL_TO_UNICODE,
      error);
  }()};
  auto name = decode(text);
  if (!idna || !name)
    return std::nullopt;
  // Lengths are those of the A-labels, so both directions have a say.
  domain_forms out;
  icu::IDNAInfo ascii_info, unicode_info;
  auto error = U_ZERO_ERROR;
  idna->nameToASCII(*name, out.ascii, ascii_info, error);
  idna->nameToUnicode(*name, out.unicode, unicode_info, error);
  if (U_FAILURE(error) || ascii_info.hasErrors() || unicode_info.hasErrors()
      || !has_valid_labels(split(out.unicode)))
    return std::nullopt;
  return out;
}

} // namespace

std::optional<std::string> username_case_mapped(std::string_view text) {
  auto rules = [](const UnicodeString& x) {
    return normalized(width_mapped(x).toLower(icu::Locale::getRoot()));
  };
  return enforce(text, rules, [](std::u32string_view x) {
    return belongs_to(x, precis_class::identifier) && obeys_bidi_rule(x);
  });
}

std::optional<std::string> opaque_string(std::string_view text) {
  // Nearly all resources and passwords.
  auto plain = !text.empty()
               && std::all_of(text.begin(), text.end(),
                 [](char c) { return c >= ' ' && c < '\x7f'; });
  if (plain)
    return std::string{text};
  auto rules = [](const UnicodeString& x) {
    return normalized(with_plain_spaces(x));
  };
  return enforce(text, rules, [](std::u32string_view x) {
    return belongs_to(x, precis_class::free_form);
  });
}

std::optional<std::string> unicode_domain(std::string_view text) {
  auto names = domain_names(text);
  return names ? std::optional{encode(names->unicode)} : std::nullopt;
}

std::optional<std::string> ascii_domain(std::string_view text) {
  auto names = domain_names(text);
  return names ? std::optional{encode(names->ascii)} : std::nullopt;
}

} // namespace causeway::protocol
