# Medians, and columns of a table.
def median:
  sort | if length == 0 then null
         elif length % 2 == 1 then .[length / 2 | floor]
         else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def fixed($n):
  if . == null then "-"
  elif . < 0 then "-" + (-. | fixed($n))
  else (. * pow(10; $n) | round) as $x
  | ($x / pow(10; $n) | floor | tostring)
    + if $n == 0 then "" else
        "." + ($x % pow(10; $n) | tostring | ("0" * ($n - length)) + .) end
  end;
def left($n): . + (" " * ([$n - length, 0] | max) // "");
def right($n): (" " * ([$n - length, 0] | max) // "") + .;
