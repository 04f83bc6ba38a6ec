#!/bin/sh
# Fails when code that every processor must be able to run holds AVX instructions: any member of the
# library but the kernels of an AVX instruction set, known by the table they define. All AVX
# instructions, on whatever registers, have mnemonics that begin with v. The kernels in turn must
# define no weak symbol: the linker could let baseline code use their copy of an inline function.
# Usage: check_baseline.sh OBJDUMP LIBRARY
set -eu
"$1" --disassemble --syms --no-show-raw-insn "$2" | awk '
  function report(text) { print member ": " text; ++faults }
  / file format / { member = substr($1, 1, length($1) - 1); members++; kernels = 0 }
  /\*UND\*/ { next }
  /_kernelsE$/ { kernels = 1; tables++; if (/avx/) { kernels = 2; avx_tables++ } }
  kernels && /^[0-9a-f]+ (.w|u)/ { report("weak symbol " $NF) }
  kernels != 2 && /^ *[0-9a-f]+:[ \t]+v[a-z]/ { if (faults < 20) report($0) }
  END {
    if (members < 10 || tables != 3 || avx_tables != 2) {
      print "not the library: " members + 0 " members, " tables + 0 " kernel tables"
      exit 2
    }
    exit faults > 0
  }'
