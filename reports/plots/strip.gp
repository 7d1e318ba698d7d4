# The outcome at each point of a sweep, in the order of the execution: a box a point, or a few points
# (then the worst of them shows); its stretches of like outcome are listed under it.
# Set above: name, width, height, points, title_text, subtitle, and the labels.
# NAME.dat: first point, last point, outcome, colour.

set encoding utf8
set datafile separator "\t"
set label 9001 title_text at screen 12.0/width,1 - 20.0/height left font ",15" noenhanced
set label 9002 subtitle at screen 12.0/width,1 - 43.0/height left tc rgb "#555555" noenhanced
set style fill solid 1.0 noborder
unset key
set lmargin at screen 20.0/width
set rmargin at screen 1 - 20.0/width
set tmargin at screen 1 - 86.0/height
set bmargin at screen 1 - 146.0/height
set border 1 lc rgb "#555555"
set xrange [0.5:points + 0.5]
set yrange [0:1]
set xtics nomirror out
if (points <= 12) { set xtics 1 }
unset ytics
do for [kind in "svg png"] {
    if (kind eq "svg") {
        set terminal svg size width,height fixed noenhanced font "sans-serif,13" background rgb "white"
    } else {
        set terminal pngcairo size width,height noenhanced font "Sans,10" background rgb "white"
    }
    set output name.".".kind
    plot name.".dat" using (($1 + $2)/2.0):(0.5):($1 - 0.5):($2 + 0.5):(0):(1):4 with boxxyerror lc rgb variable
    unset output
}
