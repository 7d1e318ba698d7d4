# What share of the trials was that fast: one step line a scenario; the table under it is made of labels.
# Set above: name, width, height, rows, below (pixels under the plot), title_text, subtitle,
# xlabel_text, xlow, xhigh (seconds), and the table's labels and arrows.
# NAME.dat: a block a scenario of: seconds, share of the trials.

colors = "#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #000000 #7F6000 #882255 #888888"
set encoding utf8
set datafile separator "\t"
set lmargin at screen 75.0/width
set rmargin at screen 1 - 25.0/width
set tmargin at screen 1 - 62.0/height
set bmargin at screen (0.0 + below)/height
set label 9001 title_text at screen 12.0/width,1 - 20.0/height left font ",15" noenhanced
set label 9002 subtitle at screen 12.0/width,1 - 43.0/height left tc rgb "#555555" noenhanced
set border 3 lc rgb "#555555"
set logscale x
set xrange [xlow:xhigh]
set yrange [0:1.02]
set format x "%.0s %cs"
set mxtics 10
set xtics nomirror out
set ytics nomirror out
set ytics ("0 %%" 0, "25 %%" 0.25, "50 %%" 0.5, "75 %%" 0.75, "90 %%" 0.9, "100 %%" 1)
set grid xtics ytics lc rgb "#DDDDDD" lt 1 lw 0.7
set xlabel xlabel_text
set ylabel "share of the trials"
unset key
do for [kind in "svg png"] {
    if (kind eq "svg") {
        set terminal svg size width,height fixed noenhanced font "sans-serif,13" background rgb "white"
    } else {
        set terminal pngcairo size width,height noenhanced font "Sans,10" background rgb "white"
    }
    set output name.".".kind
    plot for [i=1:rows] name.".dat" index (i-1) using 1:2 with steps \
        lc rgb word(colors, i) lw 2 dt 1 + 3*(i > 5)
    unset output
}
