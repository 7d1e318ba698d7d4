# The outcome of each pair of signals: the first one's point to the right, the second one's upwards; a box
# a pair, or a few (then the worst of them shows).
# Set above: name, width, height, columns, rows, title_text, subtitle, and the labels.
# NAME.dat: the first signal's point from, to; the second's from, to; outcome, colour.

set encoding utf8
set datafile separator "\t"
set label 9001 title_text at screen 12.0/width,1 - 20.0/height left font ",15" noenhanced
set label 9002 subtitle at screen 12.0/width,1 - 43.0/height left tc rgb "#555555" noenhanced
set style fill solid 1.0 noborder
unset key
set lmargin at screen 80.0/width
set rmargin at screen 1 - 30.0/width
set tmargin at screen 1 - 86.0/height
set bmargin at screen 60.0/height
set border 3 lc rgb "#555555"
set xrange [0.5:columns + 0.5]
set yrange [0.5:rows + 0.5]
set xtics nomirror out
set ytics nomirror out
if (columns <= 12) { set xtics 1 }
if (rows <= 12) { set ytics 1 }
set xlabel "point of the first signal, in the order of the execution"
set ylabel "point of the second signal"
do for [kind in "svg png"] {
    if (kind eq "svg") {
        set terminal svg size width,height fixed noenhanced font "sans-serif,13" background rgb "white"
    } else {
        set terminal pngcairo size width,height noenhanced font "Sans,10" background rgb "white"
    }
    set output name.".".kind
    plot name.".dat" using (($1 + $2)/2.0):(($3 + $4)/2.0):($1 - 0.5):($2 + 0.5):($3 - 0.5):($4 + 0.5):6 with boxxyerror lc rgb variable
    unset output
}
