# One row a scenario: when its cancel, its last cleanup and its exit came. A dot is the median, a line
# goes from the fastest to the slowest trial.
# Set above: name, width, height, rows, left (pixels for the names), title_text, subtitle, xlow, xhigh.
# NAME.dat: row, scenario, then for each of cancel, last cleanup, exit: median, min, max in seconds; a
# value that does not exist is NaN.

set encoding utf8
set datafile separator "\t"
set datafile commentschars ""
set lmargin at screen (0.0 + left)/width
set rmargin at screen 1 - 30.0/width
set tmargin at screen 1 - 92.0/height
set bmargin at screen 52.0/height
set label 9001 title_text at screen 12.0/width,1 - 20.0/height left font ",15" noenhanced
set label 9002 subtitle at screen 12.0/width,1 - 43.0/height left tc rgb "#555555" noenhanced
set border 1 lc rgb "#555555"
set logscale x
set xrange [xlow:xhigh]
set yrange [rows + 0.6:0.4]
set format x "%.0s %cs"
set mxtics 10
set xtics nomirror out
set ytics nomirror scale 0
set grid xtics ytics lc rgb "#DDDDDD" lt 1 lw 0.7
set xlabel "time since the first signal (log scale)"
set key at screen (0.0 + left)/width,1 - 60.0/height left top horizontal Left reverse samplen 1 width 2
set bars 0.4
do for [kind in "svg png"] {
    if (kind eq "svg") {
        set terminal svg size width,height fixed noenhanced font "sans-serif,13" background rgb "white"
    } else {
        set terminal pngcairo size width,height noenhanced font "Sans,10" background rgb "white"
    }
    set output name.".".kind
    plot name.".dat" using (xlow):1:ytic(2) with dots lc rgb "white" notitle, \
        "" using 3:($1 - 0.22):4:5 with xerrorbars pt 0 lw 1.5 lc rgb "#56B4E9" notitle, \
        "" using 6:1:7:8 with xerrorbars pt 0 lw 1.5 lc rgb "#E69F00" notitle, \
        "" using 9:($1 + 0.22):10:11 with xerrorbars pt 0 lw 1.5 lc rgb "#0072B2" notitle, \
        "" using 3:($1 - 0.22) with points pt 9 ps 0.9 lc rgb "#56B4E9" title "cancel", \
        "" using 6:1 with points pt 5 ps 0.7 lc rgb "#E69F00" title "last cleanup", \
        "" using 9:($1 + 0.22) with points pt 7 ps 0.9 lc rgb "#0072B2" title "exit"
    unset output
}
