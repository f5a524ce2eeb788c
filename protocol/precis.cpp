/// RFC 8264 (PRECIS), RFC 8265 (profiles), RFC 5892 appendix A (context) and
/// RFC 5893 section 2 (direction), on the Unicode tables of ICU.
#include "protocol/precis.hpp"

#include <unicode/idna.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace causeway::protocol {

namespace {

using icu::UnicodeString;

using code_points = std::vector<UChar32>;

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

code_points split(const UnicodeString& text) {
  code_points out;
  out.reserve(static_cast<std::size_t>(text.length()));
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1))
    out.push_back(text.char32At(i));
  return out;
}

UnicodeString normalized(const UnicodeString& text) {
  auto error = U_ZERO_ERROR;
  return nfc()->normalize(text, error);
}

// -- RFC 8264 section 8: what class a code point belongs to -------------------

enum class derived_property : std::uint8_t {
  valid,
  free_form_only,
  context_j,
  context_o,
  disallowed,
};

std::optional<derived_property> exception(UChar32 c) {
  switch (c) {
  case 0x00df:
  case 0x03c2:
  case 0x06fd:
  case 0x06fe:
  case 0x0f0b:
  case 0x3007: return derived_property::valid;
  case 0x00b7:
  case 0x0375:
  case 0x05f3:
  case 0x05f4:
  case 0x30fb: return derived_property::context_o;
  case 0x0640:
  case 0x07fa:
  case 0x302e:
  case 0x302f:
  case 0x303b: return derived_property::disallowed;
  default: break;
  }
  if (c >= 0x3031 && c <= 0x3035)
    return derived_property::disallowed;
  if ((c >= 0x0660 && c <= 0x0669) || (c >= 0x06f0 && c <= 0x06f9))
    return derived_property::context_o;
  return std::nullopt;
}

bool is_old_hangul_jamo(UChar32 c) {
  switch (u_getIntPropertyValue(c, UCHAR_HANGUL_SYLLABLE_TYPE)) {
  case U_HST_LEADING_JAMO:
  case U_HST_VOWEL_JAMO:
  case U_HST_TRAILING_JAMO: return true;
  default: return false;
  }
}

bool has_compatibility_mapping(UChar32 c) {
  UnicodeString text{c};
  auto error = U_ZERO_ERROR;
  return nfkc()->normalize(text, error) != text;
}

derived_property property_of(UChar32 c) {
  if (auto x = exception(c))
    return *x;
  auto mask = U_GET_GC_MASK(c);
  if (mask & U_GC_CN_MASK)
    return derived_property::disallowed;
  if (c >= 0x21 && c <= 0x7e)
    return derived_property::valid;
  if (u_hasBinaryProperty(c, UCHAR_JOIN_CONTROL))
    return derived_property::context_j;
  if (is_old_hangul_jamo(c)
      || u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)
      || (mask & U_GC_CC_MASK))
    return derived_property::disallowed;
  if (has_compatibility_mapping(c))
    return derived_property::free_form_only;
  if (mask
      & (U_GC_LL_MASK | U_GC_LU_MASK | U_GC_LO_MASK | U_GC_ND_MASK
         | U_GC_LM_MASK | U_GC_MN_MASK | U_GC_MC_MASK))
    return derived_property::valid;
  if (mask
      & (U_GC_LT_MASK | U_GC_NL_MASK | U_GC_NO_MASK | U_GC_ME_MASK
         | U_GC_ZS_MASK | U_GC_S_MASK | U_GC_P_MASK))
    return derived_property::free_form_only;
  return derived_property::disallowed;
}

// -- RFC 5892 appendix A ------------------------------------------------------

bool has_script(UChar32 c, UScriptCode script) {
  return u_hasBinaryProperty(c, UCHAR_ALPHABETIC)
         && uscript_hasScript(c, script);
}

bool is_virama(UChar32 c) {
  return u_getCombiningClass(c) == 9;
}

// (Joining_Type:{L,D})(Joining_Type:T)* ZWNJ (Joining_Type:T)*(..:{R,D})
bool joins_around(const code_points& text, std::size_t at) {
  auto type = [&](std::size_t i) {
    return u_getIntPropertyValue(text[i], UCHAR_JOINING_TYPE);
  };
  auto before = at;
  while (before > 0 && type(before - 1) == U_JT_TRANSPARENT)
    --before;
  auto after = at + 1;
  while (after < text.size() && type(after) == U_JT_TRANSPARENT)
    ++after;
  if (before == 0 || after == text.size())
    return false;
  auto left = type(before - 1);
  auto right = type(after);
  return (left == U_JT_LEFT_JOINING || left == U_JT_DUAL_JOINING)
         && (right == U_JT_RIGHT_JOINING || right == U_JT_DUAL_JOINING);
}

bool any_of(const code_points& text, bool (*predicate)(UChar32)) {
  for (auto c : text)
    if (predicate(c))
      return true;
  return false;
}

bool is_kana_or_han(UChar32 c) {
  auto error = U_ZERO_ERROR;
  auto script = uscript_getScript(c, &error);
  return script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA
         || script == USCRIPT_HAN;
}

bool is_arabic_indic(UChar32 c) {
  return c >= 0x0660 && c <= 0x0669;
}
bool is_extended_indic(UChar32 c) {
  return c >= 0x06f0 && c <= 0x06f9;
}

bool fits_context(const code_points& text, std::size_t at) {
  auto c = text[at];
  auto last = at + 1 == text.size();
  switch (c) {
  case 0x200c: // ZERO WIDTH NON-JOINER
    return (at > 0 && is_virama(text[at - 1])) || joins_around(text, at);
  case 0x200d: // ZERO WIDTH JOINER
    return at > 0 && is_virama(text[at - 1]);
  case 0x00b7: // MIDDLE DOT
    return at > 0 && !last && text[at - 1] == 'l' && text[at + 1] == 'l';
  case 0x0375: // GREEK KERAIA
    return !last && has_script(text[at + 1], USCRIPT_GREEK);
  case 0x05f3: // HEBREW GERESH, GERSHAYIM
  case 0x05f4: return at > 0 && has_script(text[at - 1], USCRIPT_HEBREW);
  case 0x30fb: // KATAKANA MIDDLE DOT
    return any_of(text, is_kana_or_han);
  default:
    return is_arabic_indic(c) ? !any_of(text, is_extended_indic)
                              : !any_of(text, is_arabic_indic);
  }
}

enum class string_class : std::uint8_t { identifier, free_form };

bool is_allowed(const code_points& text, string_class wanted) {
  for (std::size_t i = 0; i < text.size(); ++i)
    switch (property_of(text[i])) {
    case derived_property::valid: break;
    case derived_property::free_form_only:
      if (wanted == string_class::identifier)
        return false;
      break;
    case derived_property::context_j:
    case derived_property::context_o:
      if (!fits_context(text, i))
        return false;
      break;
    case derived_property::disallowed: return false;
    }
  return true;
}

// -- RFC 5893 section 2: the Bidi Rule ----------------------------------------

std::uint32_t direction_bit(UChar32 c) {
  return 1u << u_charDirection(c);
}

template <class... Direction>
constexpr std::uint32_t directions(Direction... x) {
  return ((1u << x) | ...);
}

constexpr auto right_to_left =
  directions(U_RIGHT_TO_LEFT, U_RIGHT_TO_LEFT_ARABIC);

constexpr auto neutral =
  directions(U_EUROPEAN_NUMBER, U_EUROPEAN_NUMBER_SEPARATOR,
    U_COMMON_NUMBER_SEPARATOR, U_EUROPEAN_NUMBER_TERMINATOR, U_OTHER_NEUTRAL,
    U_BOUNDARY_NEUTRAL, U_DIR_NON_SPACING_MARK);

bool obeys_bidi_rule(const code_points& text) {
  std::uint32_t seen = 0;
  for (auto c : text)
    seen |= direction_bit(c);
  auto applies = seen & (right_to_left | directions(U_ARABIC_NUMBER));
  if (!applies)
    return true;
  auto end = text.size();
  while (end > 0 && u_charDirection(text[end - 1]) == U_DIR_NON_SPACING_MARK)
    --end;
  if (end == 0)
    return false;
  auto first = direction_bit(text.front());
  auto last = direction_bit(text[end - 1]);
  constexpr auto numbers = directions(U_EUROPEAN_NUMBER, U_ARABIC_NUMBER);
  if (first & right_to_left)
    return (seen & ~(right_to_left | neutral | directions(U_ARABIC_NUMBER)))
             == 0
           && (last & (right_to_left | numbers)) && (seen & numbers) != numbers;
  constexpr auto left_to_right = directions(U_LEFT_TO_RIGHT);
  return (first & left_to_right) && (seen & ~(left_to_right | neutral)) == 0
         && (last & (left_to_right | directions(U_EUROPEAN_NUMBER)));
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
      out += c;
  }
  return out;
}

UnicodeString with_plain_spaces(const UnicodeString& text) {
  UnicodeString out;
  for (auto c : split(text))
    out += u_charType(c) == U_SPACE_SEPARATOR ? UChar32{' '} : c;
  return out;
}

// RFC 8264 section 7: rules are applied until nothing changes any more.
std::optional<std::string> enforce(std::string_view text,
  const std::function<UnicodeString(const UnicodeString&)>& rules,
  const std::function<bool(const code_points&)>& accepts) {
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

} // namespace

std::optional<std::string> username_case_mapped(std::string_view text) {
  auto rules = [](const UnicodeString& x) {
    return normalized(width_mapped(x).toLower(icu::Locale::getRoot()));
  };
  return enforce(text, rules, [](const code_points& x) {
    return is_allowed(x, string_class::identifier) && obeys_bidi_rule(x);
  });
}

std::optional<std::string> opaque_string(std::string_view text) {
  auto rules = [](const UnicodeString& x) {
    return normalized(with_plain_spaces(x));
  };
  return enforce(text, rules, [](const code_points& x) {
    return is_allowed(x, string_class::free_form);
  });
}

std::optional<std::string> unicode_domain(std::string_view text) {
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
  UnicodeString ascii, unicode;
  icu::IDNAInfo ascii_info, unicode_info;
  auto error = U_ZERO_ERROR;
  idna->nameToASCII(*name, ascii, ascii_info, error);
  idna->nameToUnicode(*name, unicode, unicode_info, error);
  if (U_FAILURE(error) || ascii_info.hasErrors() || unicode_info.hasErrors())
    return std::nullopt;
  return encode(unicode);
}

} // namespace causeway::protocol
