/// RFC 8264 section 8 (classes), RFC 5892 appendix A (context) and RFC 5893
/// section 2 (direction), on the Unicode tables of ICU.
#include "protocol/precis_class.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace causeway::protocol {

namespace {

// -- RFC 8264 section 8: what class a code point belongs to -------------------

enum class derived_property : std::uint8_t {
  valid,
  free_form_only,
  context_j,
  context_o,
  disallowed,
};

std::optional<derived_property> exception(char32_t c) {
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

bool is_old_hangul_jamo(char32_t c) {
  switch (u_getIntPropertyValue(c, UCHAR_HANGUL_SYLLABLE_TYPE)) {
  case U_HST_LEADING_JAMO:
  case U_HST_VOWEL_JAMO:
  case U_HST_TRAILING_JAMO: return true;
  default: return false;
  }
}

bool has_compatibility_mapping(char32_t c) {
  auto error = U_ZERO_ERROR;
  auto* nfkc = icu::Normalizer2::getNFKCInstance(error);
  icu::UnicodeString text{static_cast<UChar32>(c)};
  return !nfkc || nfkc->normalize(text, error) != text;
}

derived_property property_of(char32_t c) {
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

bool has_script(char32_t c, UScriptCode script) {
  return u_hasBinaryProperty(c, UCHAR_ALPHABETIC)
         && uscript_hasScript(c, script);
}

bool is_virama(char32_t c) {
  return u_getCombiningClass(c) == 9;
}

// (Joining_Type:{L,D})(Joining_Type:T)* ZWNJ (Joining_Type:T)*(..:{R,D})
bool joins_around(std::u32string_view text, std::size_t at) {
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

bool any_of(std::u32string_view text, bool (*predicate)(char32_t)) {
  for (auto c : text)
    if (predicate(c))
      return true;
  return false;
}

bool is_kana_or_han(char32_t c) {
  auto error = U_ZERO_ERROR;
  auto script = uscript_getScript(c, &error);
  return script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA
         || script == USCRIPT_HAN;
}

bool is_arabic_indic(char32_t c) {
  return c >= 0x0660 && c <= 0x0669;
}
bool is_extended_indic(char32_t c) {
  return c >= 0x06f0 && c <= 0x06f9;
}

bool fits_context(std::u32string_view text, std::size_t at) {
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

} // namespace

bool belongs_to(std::u32string_view text, precis_class wanted) {
  for (std::size_t i = 0; i < text.size(); ++i)
    switch (property_of(text[i])) {
    case derived_property::valid: break;
    case derived_property::free_form_only:
      if (wanted == precis_class::identifier)
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

namespace {

std::uint32_t direction_bit(char32_t c) {
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

} // namespace

bool obeys_bidi_rule(std::u32string_view text) {
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

} // namespace causeway::protocol
