#!/bin/sh
# Fails when code that runs on every processor holds AVX instructions: any member of the library
# other than the kernels of an AVX instruction set, told by the table they define. Every AVX
# instruction, on whatever registers, has a mnemonic that begins with v. Such kernels in turn must
# define nothing that the linker could merge with baseline code (weak symbols).
# Usage: check_baseline.sh OBJDUMP LIBRARY
set -eu
"$1" --disassemble --syms --no-show-raw-insn "$2" | awk '
  /file format/ { member = $1; sub(/:$/, "", member); avx = 0; members++ }
  / (avx2|avx512)_kernels|(avx2|avx512)_kernelsE/ && !/UND/ { avx = 1; kernels++ }
  / w[ a-zA-Z]* \.text/ && avx_unknown { }
  /^ +[0-9a-f]+:\t *v[a-z]/ && !avx { print member ": " $0; if (++found == 20) exit }
  END {
    if (members < 10 || kernels < 2) { print "not the library: " members " members, " kernels " AVX tables"; exit 1 }
    exit found > 0
  }'
